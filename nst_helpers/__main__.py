"""``python -m nst_helpers``: see `nst_helpers.cli`."""

try:
    from nst_helpers.cli import run

    status = run()
except KeyboardInterrupt:  # before the command listens to signals
    status = 130
raise SystemExit(status)
