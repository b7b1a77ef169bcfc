"""The app: what the calls of faceaudit do, to look at and to try, in a browser.

It holds no logic of audits: pages make calls of `faceaudit`, and read stores. A page is a file in
`pages`; words are in `texts`.
"""
