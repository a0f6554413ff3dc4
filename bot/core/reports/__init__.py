"""What test runners report, read from report files and from what they print.

Untrusted code writes all of it: names are cut and cleaned, files are bounded, and the exit code of the
command decides how the check came out. A report only says which tests it was.
"""
