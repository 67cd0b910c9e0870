// Puts this server's own address into the commands, adds the copy buttons, and asks how the server is.
for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin;

for (const button of document.querySelectorAll('[data-copy]')) {
  // Browsers hide the clipboard on addresses that are not secure.
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.nextElementSibling.textContent);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  });
}

const health = document.querySelector('[data-health]');
fetch('/health')
  .then(async (response) => (await response.json()).status)
  .catch(() => 'unreachable')
  .then((status) => {
    health.dataset.health = status;
    health.textContent = status === 'healthy' ? 'Healthy' : `Health: ${status}`;
  });
