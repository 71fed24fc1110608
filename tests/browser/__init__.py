"""Tests in a browser: a package, so that what their fixtures of scope "package" hold ends with them."""
