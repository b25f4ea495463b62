/** What coordinator and workers say to each other: values, commands, events. No actors, no tensors. */
package dev.espalier.protocol;
