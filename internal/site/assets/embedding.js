
for (const code of document.querySelectorAll('pre[data-copy]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = code.dataset.copy;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = code.dataset.copied;
    setTimeout(() => { button.textContent = code.dataset.copy; }, 2000);
  });
  code.previousElementSibling.append(button);
}

// For the last example, the page handles the frame as WordPress does.
const frame = document.querySelector('iframe[sandbox]');
addEventListener('message', ({ source, data }) => {
  if (source !== frame.contentWindow || !data || !frame.src.endsWith('secret=' + data.secret)) return;
  if (data.message === 'height') frame.height = Math.min(Math.max(parseInt(data.value, 10) || 0, 200), 1000);
  if (data.message === 'link' && new URL(data.value).origin === location.origin) location.href = data.value;
});
