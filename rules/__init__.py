"""Rule packs, policies and data tables; shipped as `sanitize.rules`."""
