// Runs before the first paint, so that a chosen theme never flashes, and so that who is not signed in does not see the frame
// of the page before the door. A file, because the page allows no inline script.
try {
  var theme = localStorage.getItem('fettle.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  if (localStorage.getItem('fettle.door') || /\/(login|setup|invitation)$/.test(location.pathname)) document.documentElement.dataset.door = '';
} catch (_) {
  // Storage may be switched off; the system's theme applies then.
}
