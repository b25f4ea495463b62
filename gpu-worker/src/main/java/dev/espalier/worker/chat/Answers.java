package dev.espalier.worker.chat;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which part of a conversation's text an assistant says, for templates that do not tell: what the template writes after the
 * turns before when it is asked for an answer, up to what it writes with that answer.
 */
final class Answers {
    private Answers() {}

    /** @throws UserError if the template writes earlier turns otherwise once there are later ones, or not without these */
    static List<Document.Span> between(ChatTemplate template, Conversation chat, String whole) {
        List<Document.Span> spans = new ArrayList<>();
        List<Map<String, Object>> messages = chat.messages();
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).get("role").equals(Conversation.ASSISTANT)) {
                Optional<String> before = template.text(chat, messages.subList(0, i), true);
                Optional<String> with = i + 1 == messages.size()
                        ? Optional.of(whole)
                        : template.text(chat, messages.subList(0, i + 1), false);
                if (before.isEmpty()
                        || with.isEmpty()
                        || !whole.startsWith(with.get())
                        || !with.get().startsWith(before.get())) {
                    throw new UserError(
                            chat.where() + ": the model's chat template writes the turns before message " + (i + 1)
                                    + " otherwise than alone, so that it cannot be told which tokens are the answer. Put"
                                    + " {% generation %} and {% endgeneration %} around the answers in the template, leave"
                                    + " the conversation out, or set loss = all.");
                }
                spans.add(new Document.Span(before.get().length(), with.get().length()));
            }
        }
        return spans;
    }
}
