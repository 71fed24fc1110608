"""Who may come in, how they prove it, who did what, and who may see a single rep's figures."""
