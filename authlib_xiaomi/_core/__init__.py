"""The pure core: values and decisions. It imports no HTTP library and no framework."""
