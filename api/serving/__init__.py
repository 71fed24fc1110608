"""The server beside its pages: its worker, warming, compression, the OpenAPI document, what it tells of itself."""
