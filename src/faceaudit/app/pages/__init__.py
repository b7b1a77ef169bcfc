"""The pages of the app, one a file, each with a `PAGE`."""
