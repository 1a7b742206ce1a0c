// A page that has others in a frame: its query is the address of the page within, which may be one of these again.
const frame = document.createElement('iframe')
frame.src = decodeURIComponent(location.search.slice(1))
document.body.append(frame)
