"""What the use cases share, between them and the adapters: performing effects, publishing, keeping a lease."""
