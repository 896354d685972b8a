"""arXiv's categories and families: which there are, how they are spelled, what they are called."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

# https://arxiv.org/category_taxonomy
_TAXONOMY = """
astro-ph.CO Cosmology and Nongalactic Astrophysics
astro-ph.EP Earth and Planetary Astrophysics
astro-ph.GA Astrophysics of Galaxies
astro-ph.HE High Energy Astrophysical Phenomena
astro-ph.IM Instrumentation and Methods for Astrophysics
astro-ph.SR Solar and Stellar Astrophysics
cond-mat.dis-nn Disordered Systems and Neural Networks
cond-mat.mes-hall Mesoscale and Nanoscale Physics
cond-mat.mtrl-sci Materials Science
cond-mat.other Other Condensed Matter
cond-mat.quant-gas Quantum Gases
cond-mat.soft Soft Condensed Matter
cond-mat.stat-mech Statistical Mechanics
cond-mat.str-el Strongly Correlated Electrons
cond-mat.supr-con Superconductivity
cs.AI Artificial Intelligence
cs.AR Hardware Architecture
cs.CC Computational Complexity
cs.CE Computational Engineering, Finance, and Science
cs.CG Computational Geometry
cs.CL Computation and Language
cs.CR Cryptography and Security
cs.CV Computer Vision and Pattern Recognition
cs.CY Computers and Society
cs.DB Databases
cs.DC Distributed, Parallel, and Cluster Computing
cs.DL Digital Libraries
cs.DM Discrete Mathematics
cs.DS Data Structures and Algorithms
cs.ET Emerging Technologies
cs.FL Formal Languages and Automata Theory
cs.GL General Literature
cs.GR Graphics
cs.GT Computer Science and Game Theory
cs.HC Human-Computer Interaction
cs.IR Information Retrieval
cs.IT Information Theory
cs.LG Machine Learning
cs.LO Logic in Computer Science
cs.MA Multiagent Systems
cs.MM Multimedia
cs.MS Mathematical Software
cs.NA Numerical Analysis
cs.NE Neural and Evolutionary Computing
cs.NI Networking and Internet Architecture
cs.OH Other Computer Science
cs.OS Operating Systems
cs.PF Performance
cs.PL Programming Languages
cs.RO Robotics
cs.SC Symbolic Computation
cs.SD Sound
cs.SE Software Engineering
cs.SI Social and Information Networks
cs.SY Systems and Control
econ.EM Econometrics
econ.GN General Economics
econ.TH Theoretical Economics
eess.AS Audio and Speech Processing
eess.IV Image and Video Processing
eess.SP Signal Processing
eess.SY Systems and Control
gr-qc General Relativity and Quantum Cosmology
hep-ex High Energy Physics - Experiment
hep-lat High Energy Physics - Lattice
hep-ph High Energy Physics - Phenomenology
hep-th High Energy Physics - Theory
math-ph Mathematical Physics
math.AC Commutative Algebra
math.AG Algebraic Geometry
math.AP Analysis of PDEs
math.AT Algebraic Topology
math.CA Classical Analysis and ODEs
math.CO Combinatorics
math.CT Category Theory
math.CV Complex Variables
math.DG Differential Geometry
math.DS Dynamical Systems
math.FA Functional Analysis
math.GM General Mathematics
math.GN General Topology
math.GR Group Theory
math.GT Geometric Topology
math.HO History and Overview
math.IT Information Theory
math.KT K-Theory and Homology
math.LO Logic
math.MG Metric Geometry
math.MP Mathematical Physics
math.NA Numerical Analysis
math.NT Number Theory
math.OA Operator Algebras
math.OC Optimization and Control
math.PR Probability
math.QA Quantum Algebra
math.RA Rings and Algebras
math.RT Representation Theory
math.SG Symplectic Geometry
math.SP Spectral Theory
math.ST Statistics Theory
nlin.AO Adaptation and Self-Organizing Systems
nlin.CD Chaotic Dynamics
nlin.CG Cellular Automata and Lattice Gases
nlin.PS Pattern Formation and Solitons
nlin.SI Exactly Solvable and Integrable Systems
nucl-ex Nuclear Experiment
nucl-th Nuclear Theory
physics.acc-ph Accelerator Physics
physics.ao-ph Atmospheric and Oceanic Physics
physics.app-ph Applied Physics
physics.atm-clus Atomic and Molecular Clusters
physics.atom-ph Atomic Physics
physics.bio-ph Biological Physics
physics.chem-ph Chemical Physics
physics.class-ph Classical Physics
physics.comp-ph Computational Physics
physics.data-an Data Analysis, Statistics and Probability
physics.ed-ph Physics Education
physics.flu-dyn Fluid Dynamics
physics.gen-ph General Physics
physics.geo-ph Geophysics
physics.hist-ph History and Philosophy of Physics
physics.ins-det Instrumentation and Detectors
physics.med-ph Medical Physics
physics.optics Optics
physics.plasm-ph Plasma Physics
physics.pop-ph Popular Physics
physics.soc-ph Physics and Society
physics.space-ph Space Physics
q-bio.BM Biomolecules
q-bio.CB Cell Behavior
q-bio.GN Genomics
q-bio.MN Molecular Networks
q-bio.NC Neurons and Cognition
q-bio.OT Other Quantitative Biology
q-bio.PE Populations and Evolution
q-bio.QM Quantitative Methods
q-bio.SC Subcellular Processes
q-bio.TO Tissues and Organs
q-fin.CP Computational Finance
q-fin.EC Economics
q-fin.GN General Finance
q-fin.MF Mathematical Finance
q-fin.PM Portfolio Management
q-fin.PR Pricing of Securities
q-fin.RM Risk Management
q-fin.ST Statistical Finance
q-fin.TR Trading and Market Microstructure
quant-ph Quantum Physics
stat.AP Applications
stat.CO Computation
stat.ME Methodology
stat.ML Machine Learning
stat.OT Other Statistics
stat.TH Statistics Theory
"""
NAMES = dict(line.split(" ", 1) for line in _TAXONOMY.strip().splitlines())
"""What arXiv calls each category."""

# The archives that have subjects.
_SCIENCES = {
    "astro-ph": "Astrophysics", "cond-mat": "Condensed Matter", "cs": "Computer Science",
    "econ": "Economics", "eess": "Electrical Engineering and Systems Science",
    "math": "Mathematics", "nlin": "Nonlinear Sciences", "physics": "Physics",
    "q-bio": "Quantitative Biology", "q-fin": "Quantitative Finance", "stat": "Statistics",
}  # fmt: skip

# What people say for some of them.
_CALLED = {"cs.CL": "nlp", "cs.RO": "robots", "gr-qc": "gravity", "cs.LG": "ml"}
_ARCHIVES = sorted({name.partition(".")[0] for name in NAMES})
_FAMILIES = {name: f"{name}.*" for name in _ARCHIVES if name not in NAMES}
# A bare archive is its family; one without subjects is a family of itself.
_SPELLED = (
    {name.lower(): name for name in NAMES}
    | {name: family for family in _FAMILIES.values() for name in (family, family[:-2])}
    | {f"{name}.*": name for name in _ARCHIVES if name in NAMES}
)
# A name with a hyphen is a label, and no words.
_SUBJECTS = {
    name: tuple(filter(None, (called, _SCIENCES.get(archive), "" if "-" in archive else archive)))
    for name, called in NAMES.items()
    for archive in (name.partition(".")[0],)
}


def subjects(categories: Iterable[str]) -> tuple[str, ...]:
    """Give what a search for everything reads of a paper's categories, each text once.

    These are the names of the categories and of their archives, and what an archive is written
    like: `Number Theory`, `Mathematics` and `math`. Of what arXiv does not have there is none.
    """
    texts = (text for name in categories for text in _SUBJECTS.get(name, ()))
    return tuple(dict.fromkeys(texts))


def matching(text: str) -> tuple[str, ...]:
    """Give the categories and families that a name stands for, which may hold `*` and `?`.

    A family is named for all of its categories. Raises ValueError as `category` does.
    """
    given = " ".join(text.lower().split())
    if given in _SPELLED or not given[:1].isalpha() or not re.search("[*?]", given):
        return (category(text),)
    found = dict.fromkeys(
        _SPELLED[archive]
        for archive in _ARCHIVES
        if fnmatchcase(archive, given) or f"{archive}.*" == given
    )
    found |= dict.fromkeys(
        name
        for name in NAMES
        if fnmatchcase(name.lower(), given) and name not in found and family_of(name) not in found
    )
    return tuple(found) or (category(text),)


def category(text: str) -> str:
    """Give a category (`cs.CL`, `hep-th`) or family (`cs.*`) as arXiv spells it.

    A bare archive that has subjects, such as `cs`, is its family. Raises ValueError, with what
    was likely meant, for what arXiv does not have.
    """
    given = " ".join(text.lower().split())
    found = _SPELLED.get(given)
    if found is not None:
        return found
    likely = _likely(given[:100])
    raise ValueError(
        f"arXiv has no category {text[:40]!r}: "
        + (f"did you mean {likely}?" if likely else "write one such as cs.CL, hep-th or cs.*")
    )


def _likely(given: str) -> str:
    """Say what was likely meant: several categories, a name, a part of one, or a slip."""
    listed = re.split(r"[,;+\s]+", given)
    if len(listed) > 1 and all(one in _SPELLED for one in listed):
        return f"({' OR '.join(_SPELLED[one] for one in listed)})"
    if not given.strip("*?."):
        return ""
    if wild := [_SPELLED[one] for one in _SPELLED if "*" in given and fnmatchcase(one, given)]:
        families = [name for name in wild if name.endswith("*")]
        return " OR ".join(dict.fromkeys(families or wild))
    calls = [(name.lower(), code) for code, name in NAMES.items()]
    said = given.rpartition(".")[2]
    exact = [code for name, code in calls if given == name or said == _CALLED.get(code)]
    subject = [code for code in NAMES if given == code.partition(".")[2].lower()]
    slips = [_SPELLED[one] for one in get_close_matches(given, list(_SPELLED), n=3, cutoff=0.6)]
    parts = [code for name, code in calls if len(given) > 3 and given in name]
    near = get_close_matches(given, [name for name, _ in calls], n=3, cutoff=0.75)
    found = exact or subject or slips or parts or [code for name, code in calls if name in near]
    found = found or [f"{archive}.*" for archive in _ARCHIVES if given.startswith(f"{archive}.")]
    return " or ".join(
        f"{name} ({NAMES[name]})" if name in NAMES else name for name in dict.fromkeys(found[:4])
    )


def family_of(name: str) -> str:
    """Name the family that a category, as arXiv spells it, belongs to: `cs.CL` to `cs.*`."""
    return f"{name.partition('.')[0]}.*"
