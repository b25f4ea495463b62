/* Prints the logits of tokens in float32 as a list of JSON: llama_logits LIBRARIES MODEL.gguf TOKEN... Exact cache, one thread. */
#include <stdio.h>
#include <stdlib.h>

#include "ggml-backend.h"
#include "llama.h"

static void errors(enum ggml_log_level level, const char *text, void *data) {
    (void) data;
    if (level >= GGML_LOG_LEVEL_ERROR) fputs(text, stderr);
}

static int fail(const char *what) {
    fprintf(stderr, "llama.cpp: %s\n", what);
    return 1;
}

int main(int count, char **arguments) {
    if (count < 4) return fail("llama_logits LIBRARIES MODEL.gguf TOKEN...");
    llama_log_set(errors, NULL);
    ggml_backend_load_all_from_path(arguments[1]);
    llama_backend_init();
    struct llama_model *model = llama_model_load_from_file(arguments[2], llama_model_default_params());
    if (!model) return fail("the model is not loaded");
    struct llama_context_params params = llama_context_default_params();
    int tokens = count - 3;
    params.n_ctx = params.n_batch = params.n_ubatch = 256;
    params.type_k = params.type_v = GGML_TYPE_F32;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.n_threads = params.n_threads_batch = 1;
    struct llama_context *context = llama_init_from_model(model, params);
    if (!context || tokens > 256) return fail("no context for so many tokens");
    struct llama_batch batch = llama_batch_init(tokens, 0, 1);
    batch.n_tokens = tokens;
    for (int i = 0; i < tokens; i++) {
        batch.token[i] = atoi(arguments[3 + i]);
        batch.pos[i] = i;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i] = 1;
    }
    if (llama_decode(context, batch)) return fail("llama_decode failed");
    int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    putchar('[');
    for (int i = 0; i < tokens; i++) {
        const float *logits = llama_get_logits_ith(context, i);
        for (int j = 0; j < vocabulary; j++) printf("%s%.9g", i || j ? "," : "", logits[j]);
    }
    puts("]");
    return 0;
}
