"""F9, sample to pixel: from reading /proc to the value in the DOM of headless Chromium, server and agent on this machine."""
from in_browser import measure

if __name__ == "__main__":
    measure("sample_to_pixel.mjs")
