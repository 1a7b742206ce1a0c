// Which part this page plays: the whole of it, or, in a frame, one side of an attack. Parts load late, so that a frame can patch the
// browser before anything of hallpass is there.

const part = new URLSearchParams(location.search).get('part')
if (part === 'early') await import('./frames/early')
else if (part === 'thief') await import('./frames/thief')
else await import('./page')

export {}
