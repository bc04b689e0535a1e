"""From images and models to shards and results. May need torch."""
