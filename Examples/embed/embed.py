"""The same as embed.c from Python: python3 embed.py libsluice.so video-actions.onnx <clip.f32"""
import ctypes, sys

sluice = ctypes.CDLL(sys.argv[1])
sluice.sluice_error_message.restype = ctypes.c_char_p

def check(code):
    if code != 0:
        raise RuntimeError(sluice.sluice_error_message().decode())

engine, session = ctypes.c_void_p(), ctypes.c_void_p()
check(sluice.sluice_engine_load(sys.argv[2].encode(), None, ctypes.byref(engine)))
check(sluice.sluice_session_open(engine, ctypes.byref(session)))
p = (ctypes.c_float * 8)()
while len(frame := sys.stdin.buffer.read(4 * 1024)) == 4 * 1024:
    check(sluice.sluice_session_step(
        session, frame, ctypes.c_size_t(1024), p, ctypes.c_size_t(8), None))
    print(*(f"{value:.4f}" for value in p))
check(sluice.sluice_session_close(session))
check(sluice.sluice_engine_free(engine))
