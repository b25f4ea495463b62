package dev.espalier.protocol.files;

import java.io.IOException;

/** Somebody else is just writing the blob: it may be there soon, or its part can be continued. */
public final class BlobBusyException extends IOException {
    private static final long serialVersionUID = 1L;

    BlobBusyException(String message) {
        super(message);
    }
}
