"""Views: what was read and decided, as text for people and documents for programs. Pure."""
