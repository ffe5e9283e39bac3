"""Controls, and how they are set out."""
