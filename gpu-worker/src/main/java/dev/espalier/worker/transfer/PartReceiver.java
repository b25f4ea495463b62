package dev.espalier.worker.transfer;

import dev.espalier.protocol.files.PartialBlob;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Writes a response's body to a blob as it arrives; asks for more when it is written. The result is empty. */
final class PartReceiver implements BodySubscriber<String> {
    private final PartialBlob partial;
    private final CompletableFuture<String> end = new CompletableFuture<>();
    private Flow.Subscription subscription;

    PartReceiver(PartialBlob partial) {
        this.partial = partial;
    }

    @Override
    public CompletionStage<String> getBody() {
        return end;
    }

    @Override
    public void onSubscribe(Flow.Subscription opened) {
        subscription = opened;
        subscription.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        try {
            for (ByteBuffer buffer : buffers) {
                partial.write(buffer);
            }
            subscription.request(1);
        } catch (IOException | RuntimeException e) {
            subscription.cancel();
            end.completeExceptionally(e);
        }
    }

    @Override
    public void onError(Throwable failure) {
        end.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        end.complete("");
    }
}
