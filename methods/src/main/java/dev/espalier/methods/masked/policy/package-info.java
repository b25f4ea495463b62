/** What coordinators share of methods that learn from masks: the legs. */
package dev.espalier.methods.masked.policy;
