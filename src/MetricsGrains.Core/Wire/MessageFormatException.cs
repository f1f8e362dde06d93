namespace MetricsGrains.Core.Wire;

/// <summary>
/// The bytes of a message between silos can't be read: of a form that is newer than this program, cut, or damaged. Nothing was
/// taken from them. Reading the same bytes again gives the same; whether the call that carried them may be repeated is that call's to say.
/// </summary>
/// <param name="message">Names the kind of message, the place, and what is wrong there.</param>
public sealed class MessageFormatException(string message) : FormatException(message);
