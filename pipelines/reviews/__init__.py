"""What people say of single finds, what follows from it, and how good the finder is."""
