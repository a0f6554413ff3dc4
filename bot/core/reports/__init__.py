"""What test runners report, read from report files and from what they print.

Untrusted code writes all of it: names are cut and cleaned, files are bounded. The exit code of the command decides
how the check came out. A report says which tests it was, and which fail newly although the command ends with exit 0.
"""
