"""Scripts, styles and pictures of the site itself: their import map, storage and build."""
