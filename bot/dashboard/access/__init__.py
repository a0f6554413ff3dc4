"""Who may see and do what on the dashboard: on this host, and elsewhere after a sign-in with GitHub."""
