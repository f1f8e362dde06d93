using System.Collections;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>Has one element more than it can give.</summary>
internal sealed class BreakingList<T>(IReadOnlyList<T> elements) : IReadOnlyList<T>
{
    public int Count => elements.Count + 1;

    public T this[int index] => index < elements.Count ? elements[index] : throw new BreakingListException();

    public IEnumerator<T> GetEnumerator()
    {
        foreach (T element in elements)
        {
            yield return element;
        }
        throw new BreakingListException();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
