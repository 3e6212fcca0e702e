"""What people write: plan and input files, read into core values with every mistake told at once.

The only package that imports pydantic or reads YAML and CSV. It is given text and never opens a file.
"""
