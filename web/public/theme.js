// Runs before the first paint, so that a chosen theme never flashes. A file, because the page allows no inline script.
try {
  var theme = localStorage.getItem('fettle.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch (_) {
  // Storage may be switched off; the system's theme applies then.
}
