/** Conversations, as the model's own template writes them. */
package dev.espalier.worker.chat;
