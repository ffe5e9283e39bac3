"""Running a method in the background, and showing how it goes."""
