"""How Sphinx makes the site of what build.py has laid out: `make docs`."""

project = "kcfg"
author = ""
copyright = ""  # noqa: A001
extensions = ["myst_parser"]
root_doc = "index"
html_theme = "furo"
html_title = "kcfg"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = True  # llms.txt leads there
myst_heading_anchors = 6
smartquotes = False  # `--` is an option
myst_links_external_new_tab = False
# Mermaid is drawn by GitHub; here it stays text. All else that Sphinx warns of ends the build.
suppress_warnings = ["misc.highlighting_failure"]
