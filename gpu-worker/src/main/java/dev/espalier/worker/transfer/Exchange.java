package dev.espalier.worker.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** One request and its answer. The JDK's client has a limit for the whole only; what matters is that bytes move. */
record Exchange(HttpClient http, Duration stallTimeout) {

    /**
     * Waits for the end of the answer.
     *
     * @param progress bytes moved so far
     * @throws IOException if the connection breaks, or nothing moves for too long
     */
    HttpResponse<String> send(HttpRequest request, BodyHandler<String> handler, LongSupplier progress)
            throws IOException {
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(request, handler);
        try {
            return await(answer, progress);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted during " + request.method() + " " + request.uri());
        } catch (ExecutionException e) {
            throw new IOException(message(e.getCause()), e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    private HttpResponse<String> await(CompletableFuture<HttpResponse<String>> answer, LongSupplier progress)
            throws IOException, InterruptedException, ExecutionException {
        long seen = progress.getAsLong();
        while (true) {
            try {
                return answer.get(stallTimeout.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                long now = progress.getAsLong();
                if (now == seen) {
                    throw new IOException("nothing moved for " + stallTimeout.toMillis() + " ms", e);
                }
                seen = now;
            }
        }
    }

    private static String message(Throwable cause) {
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
