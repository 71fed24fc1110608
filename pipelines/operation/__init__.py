"""Keep a Parley well: checks, backups, moving house."""
