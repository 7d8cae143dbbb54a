# Untested: no Docker was at hand when this was written. In a clone:
#
#   docker build -t ccl-lab .
#   docker run --rm -it -v "$PWD/out:/home/node/ccl-lab/out" ccl-lab                        npm start: the first study
#   docker run --rm -it -p 127.0.0.1:8888:8888 ccl-lab npm run lab -- --ip=0.0.0.0          JupyterLab
#
# --build-arg CHROMIUM=1 adds a browser, for the tests that look at reports and notebooks in one.

# What the set-up needs; the development container builds up to here.
FROM node:22-bookworm AS tools
ARG CHROMIUM=0
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv g++ make git \
 && if [ "$CHROMIUM" = 1 ]; then apt-get install -y --no-install-recommends chromium; fi \
 && rm -rf /var/lib/apt/lists/*

FROM tools AS lab
USER node
WORKDIR /home/node/ccl-lab
COPY --chown=node:node . .
RUN npm run setup
EXPOSE 8888
CMD ["npm", "start"]
