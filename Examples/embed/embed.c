#include "sluice.h"
#include <stdio.h>

int main(int count, char **arguments) {
  sluice_engine *engine;
  sluice_session *session;
  float frame[1024], p[8];
  if (count < 2 || sluice_engine_load(arguments[1], NULL, &engine) != SLUICE_CODE_OK ||
      sluice_session_open(engine, &session) != SLUICE_CODE_OK)
    return fprintf(stderr, "embed: %s\n", sluice_error_message()), 1;
  while (fread(frame, sizeof frame, 1, stdin) == 1)
    if (sluice_session_step(session, frame, 1024, p, 8, NULL) == SLUICE_CODE_OK)
      printf("%.4f %.4f %.4f %.4f %.4f %.4f %.4f %.4f\n", p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]);
}
