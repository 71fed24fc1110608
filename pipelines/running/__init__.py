"""Where work runs: this process, several, a cluster, a GPU."""
