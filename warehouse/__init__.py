"""The warehouse: settings, the file, the build, exports and the command line."""
