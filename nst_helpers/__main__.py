"""``python -m nst_helpers``: see `nst_helpers.cli`."""

from nst_helpers.cli import main

raise SystemExit(main())
