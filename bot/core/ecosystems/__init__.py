"""Which commands verify a repository, by ecosystem: what its maintainers would type, and nothing that installs."""
