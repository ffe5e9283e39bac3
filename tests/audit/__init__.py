"""Would the tests notice? ``faults`` seeds mistakes into a copy, one at a time, and looks: ``make audit``."""
