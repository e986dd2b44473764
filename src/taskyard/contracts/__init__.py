"""Everything a service may know of another: permissions, events, published views, calls."""
