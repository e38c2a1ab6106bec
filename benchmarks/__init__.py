"""The harness: the trusted side, which plays trials, keeps their records and reports them."""
