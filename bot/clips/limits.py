"""Every number and list that decides about a clip, each with its reason. Data only."""

from itertools import chain

from bot.clip import ClipKind

LIMIT_BYTES = 10_000_000
"""The provider says "10 MB"; this is the stricter reading of it."""
MEND_LIMIT_BYTES = 524_288_000
"""Discord's own largest upload, 500 MiB: whatever a member could attach can be mended."""

# --- Length ---------------------------------------------------------------------------------------------

MICROSECONDS = 1_000_000
SHORTEST_SECONDS = 1
LONGEST_SECONDS = 4
TOLERANCE_MICROSECONDS = 50_000
"""At both ends. Frames are whole: 96 at 23.976 a second last 4.004 s, and of 56 ordinary exports of "4 s" the
longest took 4.046 s, the shortest 3.957 s. What is refused is told this, too."""
WEBM_GRAIN_MICROSECONDS = 1000
"""WebM rounds every time to whole milliseconds, so that a length may be one off."""
AUDIO_TAIL_MICROSECONDS = 250_000
"""Encoders pad sound to whole blocks; this much may outlast the picture."""

# --- Pictures -------------------------------------------------------------------------------------------

SIDE_PIXELS = 4096
AREA_PIXELS = 4096 * 2304
"""Cinema 4K. What is larger costs hundreds of megabytes to look at."""
LEAST_FRAMES = 2
"""A single picture is no clip, however long it is shown."""
FORGIVEN_ERRORS = 2
FORGIVEN_ERROR_SHARE = 0.1
LEAST_FRAME_SHARE = 0.5
"""Good encoders leave a broken frame at a cut; a file that loses every second one does not play."""

# FFmpeg's names. Decoders that are not listed are rarely attacked on purpose and so rarely mended.
CODECS: dict[ClipKind, tuple[str, ...]] = {
    ClipKind.MP4: ("h264", "hevc", "av1", "vp9", "mpeg4", "mjpeg", "h263"),
    ClipKind.WEBM: ("vp8", "vp9", "av1"),
    ClipKind.AVI: (
        "mjpeg",
        "mpeg4",
        "h264",
        "msmpeg4v1",
        "msmpeg4v2",
        "msmpeg4v3",
        "dvvideo",
        "rawvideo",
        "huffyuv",
        "ffvhuff",
        "cinepak",
        "msvideo1",
        "msrle",
        "h263",
    ),
}

EDIT_CODECS = tuple(
    dict.fromkeys((*chain.from_iterable(CODECS.values()), "gif", "mpeg1video", "mpeg2video", "prores"))
)
"""What may be decoded to make a good clip of it: all of the above, wherever it is found, and what moving
pictures, old cameras and editing programs leave behind. No other decoder is ever started."""

# --- Effort: what reading a clip may cost ---------------------------------------------------------------

VIDEO_PACKETS = 1200
"""4 s at 240 frames a second are 960."""
PACKETS = 20_000
PACKET_BYTES_TIMES_FILE = 4
"""An index may name the same bytes again and again."""
DECODED_PIXELS = 2_500_000_000
"""About 4 s of 4K at 60 frames a second; what is beyond is accepted unseen."""
DECODE_CPU_SECONDS = 1.0
"""From the first look at a clip: 4 s of 1080p at 60 frames a second take two thirds of it. What is beyond is
accepted unseen, so that whoever is refused hears of it within two seconds."""
STREAMS = 40
PROBE_BYTES = 1_000_000

# --- Effort: what a container may declare. The largest real files stay far below. -----------------------

BOXES = 20_000
TOP_LEVEL_BOXES = 4096
BOX_DEPTH = 10
TRACKS = 32
EDITS = 64
TRACK_NUMBER = 0x7FFFFFFF
"""FFmpeg takes a larger one for negative, and in a file of fragments searches for its track for seconds."""
FRAGMENTS = 2000
SAMPLES = 50_000
TINY_SAMPLES = 500_000
TINY_SAMPLE_BYTES = 16
"""Uncompressed sound counts every few bytes as a sample."""
FRAGMENT_SAMPLES = 200_000
ELEMENTS = 100_000
CHUNKS = 100_000
INDEX_ENTRIES = 100_000
"""A quarter of an hour of pictures and sound that fits into the largest file is too long, not too complex."""

# --- The child process ----------------------------------------------------------------------------------

CHILD_MEMORY_BYTES = 768 * 1024 * 1024
"""Of address space. 512 MiB still passed every legal 4K clip, 384 MiB did not."""
LOOK_CPU_SECONDS = 1.6
"""For one clip, after the child has loaded its libraries, which takes 0.1 s. A single picture of the largest
size may take half a second more than there is for decoding."""
CHILD_CPU_SECONDS = 4
"""For all of a child's life, in whole seconds, as the system counts them: the net below the limit above."""
CHILD_WALL_SECONDS = 12.0
"""Only a machine that is overwhelmed, or a child that was taken over, keeps the bot waiting for longer than
the processor time above."""
CHILD_DESCRIPTORS = 32
ANSWER_BYTES = 4096
LARGEST_COUNT = 10**15
"""No honest count of anything comes near it, nor any time in microseconds."""

# --- Mending: showing and cutting clips -----------------------------------------------------------------

# Sound is never a reason to refuse: what is not listed is left out of the result.
EDIT_SOUND_CODECS = (
    *("aac", "mp3", "mp3float", "mp2", "mp2float", "opus", "vorbis", "flac", "alac", "ac3", "eac3"),
    *("amrnb", "amrwb", "amr_nb", "amr_wb", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8", "pcm_s8"),
    *("pcm_mulaw", "pcm_alaw"),
)
EDIT_PACKETS = 500_000
"""More than two hours at 60 frames a second; what comes after them is taken for the clip's end."""
EDIT_READ_CPU_SECONDS = 15.0
"""For one pass over the packets; 300 MB take 0.2 s."""

SHEET_WIDTH_PIXELS = 1280
SHEET_COLUMNS = 4
SHEET_ROWS_WIDE = 3
SHEET_ROWS_TALL = 2
SHEET_BYTES = 300_000
SHEET_DECODED_PIXELS = 1_500_000_000
"""About 10 s of work; clips with few key frames get the pictures that can be had for it."""
POSTER_SIDE_PIXELS = 640
POSTER_BYTES = 100_000
POSTER_CHOICE = 12
"""So many pictures of the middle third compete for being the sharpest."""

CUT_LONG_SIDE_PIXELS = 1920
CUT_SHORT_SIDE_PIXELS = 1080
CUT_FPS = 30
"""Twice as many frames would take twice the time and half the quality of each."""
CUT_AUDIO_BITS_PER_SECOND = 128_000

EDIT_MEMORY_BYTES = 1024 * 1024 * 1024
EDIT_CPU_SECONDS = 60
EDIT_SOFT_CPU_SECONDS = 50.0
"""When the child gives up by itself, and says so, before the system ends it."""
EDIT_WALL_SECONDS = 180.0
"""Work is ended by the limit above, however busy the machine is; this ends what sleeps."""
EDIT_WAIT_SECONDS = 300.0
EDIT_DESCRIPTORS = 32
