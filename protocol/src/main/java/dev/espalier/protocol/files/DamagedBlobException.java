package dev.espalier.protocol.files;

import java.io.IOException;

/** Content is not what the blob's name says. */
public final class DamagedBlobException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedBlobException(String message) {
        super(message);
    }
}
