"""The HTTP interface under /api/v1, one noun a module. A handler reads the request, calls the store, shows the result."""
