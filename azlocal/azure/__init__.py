"""The adapters: the only package that imports an Azure SDK."""
