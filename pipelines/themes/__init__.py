"""What people and growth do to themes, so that a theme keeps its number; and what stands near one."""
