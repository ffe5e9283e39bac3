"""Notebooks run again with other parameters, several at once: what came of them on one page.

This hands on no names, so that a worker, which needs `supervise` alone, doesn't wait for torch.
"""
