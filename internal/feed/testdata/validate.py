# Prints what the W3C feed validator has against feeds, errors and warnings.
#   python3 validate.py CHECKOUT FILE ADDRESS [FILE ADDRESS]...
# CHECKOUT is one of github.com/w3c/feedvalidator; ADDRESS is where FILE is said
# to be from. Debian's python3-lxml, python3-html5lib and python3-rdflib are needed.
import os
import sys

sys.path.insert(0, os.path.join(sys.argv[1], 'src'))
import feedvalidator
from feedvalidator import compatibility

for path, address in zip(sys.argv[2::2], sys.argv[3::2]):
    with open(path, 'rb') as f:
        text = f.read().decode('utf-8')
    events = feedvalidator.validateString(text, firstOccurrenceOnly=1, base=address)['loggedEvents']
    for e in compatibility.AA(events):
        print(path, type(e).__name__, {k: v for k, v in e.params.items() if not k.startswith('backup')})
