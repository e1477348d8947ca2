"""File names that people, systems and attackers give to clips. None of them says what is in the file."""

TRAVERSALS = (
    "../../../../etc/passwd",
    "..\\..\\boot.ini",
    "clip.mp4/../../x",
    "%2e%2e%2fclip.mp4",
    "....//clip.mp4",
    "/etc/passwd",
    "C:\\clip.mp4",
    ".",
    "..",
)
COMMANDS = (
    "-rf.mp4",
    "--output=x.mp4",
    "$(id).mp4",
    "`id`.mp4",
    ";ls.mp4",
    "a|b.mp4",
    "https:x.mp4",
    "concat:a|b.mp4",
    "pipe:0.mp4",
    "data:,x.mp4",
    "clip.mp4:x",
    "clip%d.mp4",
)
DISGUISES = (
    "clip\0.mp4",
    "clip.mp4.exe",
    "clip.exe.mp4",
    "clip.m3u8",
    "clip.sdp",
    ".mp4",
    "CON.mp4",
    "aux.mp4",
    "CLIP.MP4",
    "clip",
    "clip.mp4.",
    "clip.mp4 ",
    "\u202e4pm.exe",
    "\ufeff.mp4",
)
INJECTIONS = (
    "clip\nSet-Cookie: a=b.mp4",
    "clip\r\n\r\n<html>.mp4",
    '"quoted".mp4',
    'a";filename="b.mp4',
    "'; DROP TABLE jobs; --.mp4",
    "{0.__class__}.mp4",
    "@everyone <@&1> <@1> `x`.mp4",
    "\u001b[2J.mp4",
)
LONG = ("x" * 251 + ".mp4", "x" * 252 + ".mp4", "\U0001f98a" * 1024)

NAMES = (*TRAVERSALS, *COMMANDS, *DISGUISES, *INJECTIONS, *LONG)
